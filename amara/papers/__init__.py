"""What Amara says of herself to those who write clients: OpenAPI, AsyncAPI's companion page, and what they share."""
