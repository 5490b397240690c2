"""The parts of ./run, each one thing that has to be there before Rollcall runs; standard library only."""
