"""What each event and each message is called on the timeline: past tense, plain words, nothing a reader may not see."""
