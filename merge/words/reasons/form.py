"""What a reason is: two sentences, which may use the facts that travel with the code, as {name}."""

Reason = tuple[str, str]
"""Why, and what to do; "" where nothing can or need be done."""
