"""How agencies reach each other: HTTPS with mutual TLS. The only room that knows aiohttp."""
