"""The durable record of what has been bought or is being bought."""
