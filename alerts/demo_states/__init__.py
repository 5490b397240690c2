"""Children to look at in the demo: one in each state that a record can be in, at rest, made by the product's own verbs."""
