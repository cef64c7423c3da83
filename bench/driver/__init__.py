"""Vectorgate and its peers, side by side in real Envoy: what each costs an answer."""
