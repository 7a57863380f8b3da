"""The admin UI as a browser without JavaScript sees it: one module per area, templates beside."""
