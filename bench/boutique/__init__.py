"""What a large Shopify store costs: its past in one file, and its stock in pages."""
