"""Record a Brian2 network as a frozen, symbolic `NetworkSpec`."""
