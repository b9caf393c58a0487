"""Events and the funnel: what people did, captured once and counted honestly."""
