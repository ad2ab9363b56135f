"""campaign.toml, the environment, the keyring: what the sender decided, checked.

An unknown key is an error: a setting that is ignored is a lie.
"""

from merge.settings.check import (
    FILE_NAME,
    ascii_host,
    is_address,
    is_loopback,
    load,
    parse,
    require_account,
    text_of,
)
from merge.settings.hours import SendingHours, parse_hours
from merge.settings.password import (
    Password,
    given_password,
    kept_password,
    password,
    password_meant,
    remember_password,
    without_passwords,
)
from merge.settings.providers import (
    PROVIDERS,
    PUBLIC_DOMAINS,
    WITHOUT_PASSWORD,
    Provider,
    provider_like,
    provider_named,
    provider_of,
)
from merge.settings.records import (
    ENVIRONMENT,
    SETTINGS,
    AccountSettings,
    CampaignSettings,
    ImapSettings,
    LetterSettings,
    PaperSettings,
    Range,
    SelectSettings,
    SenderSettings,
    SettingDoc,
    Settings,
)
from merge.settings.write import Answers, campaign_toml, with_account

__all__ = [
    "ENVIRONMENT",
    "FILE_NAME",
    "PROVIDERS",
    "PUBLIC_DOMAINS",
    "SETTINGS",
    "WITHOUT_PASSWORD",
    "AccountSettings",
    "Answers",
    "CampaignSettings",
    "ImapSettings",
    "LetterSettings",
    "PaperSettings",
    "Password",
    "Provider",
    "Range",
    "SelectSettings",
    "SenderSettings",
    "SendingHours",
    "SettingDoc",
    "Settings",
    "ascii_host",
    "campaign_toml",
    "given_password",
    "is_address",
    "is_loopback",
    "kept_password",
    "load",
    "parse",
    "parse_hours",
    "password",
    "password_meant",
    "provider_like",
    "provider_named",
    "provider_of",
    "remember_password",
    "require_account",
    "text_of",
    "with_account",
    "without_passwords",
]
