"""What runs inside the rehearsal's two containers: their entrypoints, `php` and `mariadb`.

web.py      the official image's entrypoint: checks, waiting, then the role
php.py      PHP's command line, as far as this project uses it
db.py       the database server           mariadb.py   its client
"""
