"""Installing Mautic through its own command line, judged by state and never by exit code."""
