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
    # roles
    "roles": ("Roles", "Rollen"),
    "role_new": ("Roles - New Role", "Rollen - Neu"),
    "role_edit": ("Roles - Edit {name}", "Rollen - {name} bearbeiten"),
    "description": ("Description", "Beschreibung"),
    "user_count": ("User Count", "Anzahl Benutzer"),
    "no_users": ("No Users", "Keine Benutzer"),
    "one_user": ("View 1 User", "1 Benutzer"),
    "many_users": ("View {count} Users", "{count} Benutzer"),
    "full_access": ("Has full system access", "Hat vollen Zugriff"),
    "details": ("Details", "Einzelheiten"),
    "permissions": ("Permissions", "Rechte"),
    "new_created": ("{name} has been created!", "{name} wurde erstellt!"),
    "role_in_use": (
        "{name} cannot be deleted because it still has users assigned to it.",
        "{name} kann nicht gelöscht werden, weil noch Benutzer diese Rolle haben.",
    ),
    "role_not_found": (
        "Role not found with an ID of {name}.",
        "Keine Rolle mit der Nummer {name} gefunden.",
    ),
    "checked_out": (
        "{name} is currently checked out by {user} (checked out on {date} at {time}). {override}",
        "{name} wird gerade von {user} bearbeitet (seit {date}, {time}). {override}",
    ),
    "override_lock": ("Override Lock", "Sperre aufheben"),
    "unlocked": (
        "{name} has been unlocked and is now available for editing.",
        "{name} ist nun wieder zum Bearbeiten frei.",
    ),
    # users
    "users": ("Users", "Benutzer"),
    "user_new": ("Users - New User", "Benutzer - Neu"),
    "user_edit": ("Users - Edit {name}", "Benutzer - {name} bearbeiten"),
    "account": ("Account", "Konto"),
    "account_updated": ("Your account has been updated.", "Ihr Konto wurde aktualisiert."),
    "first_name": ("First name", "Vorname"),
    "last_name": ("Last name", "Nachname"),
    "role": ("Role", "Rolle"),
    "position": ("Position", "Stellung"),
    "signature": ("Signature", "Signatur"),
    "default_signature": ("Best regards, |FROM_NAME|", "Mit freundlichen Grüßen, |FROM_NAME|"),
    "user_name": ("Username", "Benutzername"),
    "email": ("Email", "E-Mail"),
    "new_password": ("Password", "Passwort"),
    "confirm_password": ("Confirm Password", "Passwort bestätigen"),
    "timezone": ("Timezone", "Zeitzone"),
    "language": ("Language", "Sprache"),
    "published": ("Published", "Veröffentlicht"),
    "last_login": ("Last login", "Letzte Anmeldung"),
    "first_name_required": ("First name is required.", "Ein Vorname ist erforderlich."),
    "last_name_required": ("Last name is required.", "Ein Nachname ist erforderlich."),
    "user_name_required": ("Username is required.", "Ein Benutzername ist erforderlich."),
    "email_invalid": ("The email entered is invalid.", "Die E-Mail-Adresse ist ungültig."),
    "role_required": ("A role must be chosen for this user.", "Eine Rolle ist erforderlich."),
    "user_name_taken": (
        "Username is already in use. Please choose another.",
        "Der Benutzername ist vergeben. Bitte einen anderen wählen.",
    ),
    "email_taken": (
        "Email is already in use. Please choose another.",
        "Die E-Mail-Adresse ist vergeben. Bitte eine andere wählen.",
    ),
    "password_blank": ("Password cannot be blank.", "Das Passwort darf nicht leer sein."),
    "passwords_differ": ("Passwords do not match.", "Die Passwörter stimmen nicht überein."),
    "stronger_password": (
        (
            "Please enter a stronger password. Your password must use a combination of upper and lower "
            "case, special characters and numbers."
        ),
        "Bitte ein stärkeres Passwort wählen.",
    ),
    "user_not_found": (
        "User not found with an ID of {name}.",
        "Kein Benutzer mit der Nummer {name} gefunden.",
    ),
    "not_oneself": ("You cannot delete yourself.", "Sie können sich nicht selbst löschen."),
    # the rest
    "plugins": ("Plugins", "Plugins"),
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
