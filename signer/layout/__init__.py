"""Where number, date, signature and seal belong on the page: read from its own text, or NĐ 30's diagram."""
