"""Vectorgate shown to somebody who has never seen it: `scripts/demo`.

narrator   how it is told, and what is asserted on the way
policy     the policy that it runs under
story      the chapters, in their order
"""
