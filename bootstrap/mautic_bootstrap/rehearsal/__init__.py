"""The rehearsal: an embedded stand-in for Mautic 5.1.0 and 7.0.0.

Where no Mautic image can be had, this small web application lets the whole path run all the same: installer,
console, login, configuration page, API credentials, OAuth2 and REST, as a browser without JavaScript and a
plain HTTP client see them. It is a *verified fake*: `tests/contract` replays what live Mautics answered
against it, and against a live Mautic where one is there.

It needs the standard library, jinja2 and zxcvbn only, so that it runs inside a tiny image of Debian packages
(`image.py`), and it holds no line of Mautic: what it knows are recorded facts.

    server.py      the stand-in inside this process, for tests
    app.py         one HTTP request in, one answer out
    pages/         the admin UI          rest/      OAuth2 and REST
    model/         users, clients, contacts in a database
    console.py     `bin/console`         image.py   the two container images
"""
