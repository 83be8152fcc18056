"""The deterministic state machine: every rule, in one place. No clock, disk, network, chance or framework."""
