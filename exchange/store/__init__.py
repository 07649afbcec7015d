"""Where an office's state is kept: the port, and one adapter per engine. Adapters share a contract suite."""
