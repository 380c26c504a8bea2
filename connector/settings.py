"""The environment (or a `.env` file), read once into one frozen object."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import Field, SecretStr, StringConstraints, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from .errors import Misconfigured
from .safety import require_safe

HeaderValue = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200, pattern=r"\A[ -~]+\z")]


class Settings(BaseSettings):
    """All settings; every name is prefixed with `CONNECTOR_` in the environment."""

    model_config = SettingsConfigDict(
        env_prefix="CONNECTOR_",
        env_file=".env",
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
        hide_input_in_errors=True,
    )

    database_url: str = "sqlite:///var/connector.db"
    queue_url: str = "sqlite:///var/queue.db"
    erasure_log: Path = Path("var/erasures.log")
    master_key_file: Path = Path("var/keys/master.key")
    master_key: SecretStr | None = None
    base_url: str | None = None
    quota_share: Annotated[float, Field(ge=0.01, le=1)] = 0.5
    metrics_token: SecretStr | None = None
    eu_strict: bool = False
    notice_contact: str | None = None
    notice_legal_basis: str | None = None
    zendesk_client_id: str | None = None
    zendesk_client_secret: SecretStr | None = None
    zendesk_app_key_file: Path | None = None
    zendesk_marketplace_name: HeaderValue | None = None
    zendesk_marketplace_organization_id: HeaderValue | None = None
    zendesk_marketplace_app_id: HeaderValue | None = None
    hubspot_client_id: str | None = None
    hubspot_client_secret: SecretStr | None = None
    hubspot_previous_client_secret: SecretStr | None = None

    def hubspot_secrets(self) -> list[str]:
        """What HubSpot may sign with: the app's secret, and the one before while it is being exchanged."""
        held = (self.hubspot_client_secret, self.hubspot_previous_client_secret)
        return [each.get_secret_value() for each in held if each is not None]

    def client(self, provider: str) -> tuple[str | None, str | None]:
        """The OAuth client id and secret for a provider, None where the environment has none."""
        secret: SecretStr | None = getattr(self, f"{provider}_client_secret", None)
        return getattr(self, f"{provider}_client_id", None), secret.get_secret_value() if secret else None

    def marketplace_headers(self, provider: str) -> dict[str, str]:
        """What a provider's marketplace wants on every call; empty for an app that is not listed there."""
        if provider != "zendesk":
            return {}
        values = {
            "X-Zendesk-Marketplace-Name": self.zendesk_marketplace_name,
            "X-Zendesk-Marketplace-Organization-Id": self.zendesk_marketplace_organization_id,
            "X-Zendesk-Marketplace-App-Id": self.zendesk_marketplace_app_id,
        }
        return {name: value for name, value in values.items() if value}


def load_settings() -> Settings:
    """Read the environment. Raises Misconfigured naming the setting at fault, or unsafe."""
    try:
        settings = Settings()
    except ValidationError as error:
        names = ", ".join(f"CONNECTOR_{str(row['loc'][0]).upper()}" for row in error.errors())
        raise Misconfigured(
            f"The setting {names} cannot be used; correct it in the environment or .env."
        ) from None
    require_safe(settings)
    return settings
