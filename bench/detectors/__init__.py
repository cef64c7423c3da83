"""How good the detectors are: what they find, what they damage, how fast they are, beside Presidio and presidio-rs."""
