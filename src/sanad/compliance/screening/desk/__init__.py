"""Use cases of screening: lists in, questions, decisions. `lists`, `answers` and `check` know no tables."""
