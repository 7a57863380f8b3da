"""Every text of the imitated admin UI, in English as Mautic shows it, and in German.

The German ones exist to prove that nothing in this project is decided by a text; they are this project's
own words, as Mautic's language packs are not at hand.

Source of the English ones: live 5.1.0 and 7.0.0, and Mautic's `*/Translations/en_US/{messages,flashes,
validators}.ini` for those that no recording shows.
"""

from mautic_bootstrap.rehearsal.versions import Version

_TEXTS: dict[str, tuple[str, str]] = {
    # login
    "username": ("Username or email", "Benutzername oder E-Mail"),
    "password": ("Password:", "Passwort:"),
    "remember": ("Keep me logged in", "Angemeldet bleiben"),
    "login": ("Login", "Anmelden"),
    "forgot": ("Forgot your password?", "Passwort vergessen?"),
    "invalid_login": (
        "Invalid login. Please verify credentials.",
        "Ungültige Anmeldung. Bitte Zugangsdaten prüfen.",
    ),
    "disabled_account": (
        "Your account has been disabled. Please contact the site administrator.",
        "Ihr Konto wurde gesperrt. Bitte an die Verwaltung wenden.",
    ),
    "weak_password": (
        "Your password is too weak. Please reset it.",
        "Ihr Passwort ist zu schwach. Bitte setzen Sie es zurück.",
    ),
    "throttled": (
        "Too many failed login attempts, please try again in {minutes} minutes.",
        "Zu viele Fehlversuche, bitte in {minutes} Minuten erneut versuchen.",
    ),
    "reset_identifier": (
        (
            "Enter either your username or email to reset your password. Instructions to reset your "
            "password will be sent to the email in your profile."
        ),
        "Benutzername oder E-Mail eingeben, um das Passwort zurückzusetzen.",
    ),
    "reset": ("Reset password", "Passwort zurücksetzen"),
    "back_to_login": ("Back to login", "Zurück zur Anmeldung"),
    # yes, no, buttons
    "yes": ("Yes", "Ja"),
    "no": ("No", "Nein"),
    "save": ("Save", "Speichern"),
    "save_close": ("Save & Close", "Speichern & schließen"),
    "cancel": ("Cancel", "Abbrechen"),
    "new": ("New", "Neu"),
    "edit": ("Edit", "Bearbeiten"),
    "delete": ("Delete", "Löschen"),
    "filter": ("Filter...", "Filtern..."),
    # configuration
    "configuration": ("Configuration", "Konfiguration"),
    "api_enabled": ("API enabled?", "API aktiv?"),
    "basic_auth": ("Enable HTTP basic auth?", "HTTP-Basisanmeldung erlauben?"),
    "access_lifetime": (
        "Access token lifetime (in minutes)",
        "Lebensdauer des Zugriffstokens (in Minuten)",
    ),
    "refresh_lifetime": (
        "Refresh token lifetime (in days)",
        "Lebensdauer des Erneuerungstokens (in Tagen)",
    ),
    "configuration_saved": (
        "Configuration successfully updated",
        "Konfiguration erfolgreich aktualisiert",
    ),
    "value_required": ("A value is required.", "Ein Wert ist erforderlich."),
    "extra_fields": (
        "This form should not contain extra fields.",
        "Dieses Formular sollte keine zusätzlichen Felder enthalten.",
    ),
    "bad_token": (
        "The CSRF token is invalid. Please try to resubmit the form.",
        "Der CSRF-Token ist ungültig. Bitte das Formular erneut absenden.",
    ),
    # credentials
    "credentials": ("API Credentials (Applications)", "API-Zugangsdaten (Anwendungen)"),
    "credentials_edit": ("Credentials - Edit {name}", "Zugangsdaten - {name} bearbeiten"),
    "credentials_new": ("Credentials - New Credential", "Zugangsdaten - Neu"),
    "protocol": ("Authorization Protocol", "Anmeldeprotokoll"),
    "name": ("Name", "Bezeichnung"),
    "redirect_uri": ("Redirect URI", "Rücksprungadresse"),
    "client_id": ("Client ID", "Kunden-ID"),
    "client_secret": ("Client Secret", "Kundengeheimnis"),
    "public_key": ("Public Key", "Öffentlicher Schlüssel"),
    "secret_key": ("Secret Key", "Geheimer Schlüssel"),
    "id": ("ID", "Nr."),
    "name_required": ("A name is required.", "Ein Name ist erforderlich."),
    "redirect_required": ("A redirect URI is required.", "Eine Adresse ist erforderlich."),
    "redirect_invalid": ("{uri} is an invalid URI.", "{uri} ist keine gültige Adresse."),
    "created": ("{name} has been created.", "{name} wurde erstellt."),
    "updated": ("{name} has been updated!", "{name} wurde aktualisiert!"),
    "deleted": ("{name} has been deleted!", "{name} wurde gelöscht!"),
    "client_not_found": (
        "Client not found with an ID of {name}.",
        "Kein Client mit der Nummer {name} gefunden.",
    ),
    "locked": (
        "{name} is currently checked out by {user} (checked out on {date} at {time}).",
        "{name} wird gerade von {user} bearbeitet (seit {date}, {time}).",
    ),
    # the rest
    "dashboard": ("Dashboard", "Übersicht"),
    "forbidden": ("Forbidden", "Verboten"),
    "not_found": ("Not Found", "Nicht gefunden"),
    "server_error": ("Internal Server Error", "Interner Fehler"),
    "offline_title": ("Site is offline", "Seite nicht erreichbar"),
    "offline": (
        (
            "The site is currently offline due to encountering an error. If the problem persists, "
            "please contact the system administrator. System administrators, check server logs for "
            "errors."
        ),
        "Die Seite ist wegen eines Fehlers nicht erreichbar.",
    ),
    "logout": ("Log out", "Abmelden"),
    "footer": ("A rehearsal of Mautic", "Eine Probe von Mautic"),
}

# 5.1.0 writes these in lower case.
_OLDER = {
    "login": "login",
    "remember": "keep me logged in",
    "forgot": "forgot your password?",
    "reset": "reset password",
    "back_to_login": "back to login",
}


class Texts:
    """The texts of one version in one language.

    Args:
        version: Whose texts.
        german: The German ones instead of Mautic's English.
    """

    def __init__(self, version: Version, *, german: bool = False) -> None:
        self._language = 1 if german else 0
        self._older = _OLDER if version.key == "5.1" and not german else {}

    def __call__(self, key: str, **values: object) -> str:
        """Return a text with its placeholders filled in."""
        text = self._older.get(key) or _TEXTS[key][self._language]
        return text.format(**values)
