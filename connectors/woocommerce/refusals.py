"""What the store's refusals mean to an operator."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import httpx

from connectors.woocommerce.answers import document
from hub.api import AuthError, BadResponseError, ConfigError, HubError, RejectedError

ANEW = "`hub record unlink RECORD CONNECTION` forgets it, `hub record push RECORD CONNECTION` creates it anew"
HINTS = {
    "registration-error-email-exists": "Another account of the store has this e-mail: change one of the two.",
    "registration-error-invalid-email": "The store needs an e-mail for every account: add one to the customer.",
    "customer_invalid_email": "Correct the customer's e-mail, then replay.",
    "woocommerce_rest_customer_invalid_email": "The e-mail is not valid, or belongs to another account of the store.",
    "product_invalid_sku": "Another product of the store has this SKU: give one of them another.",
    "woocommerce_rest_shop_order_invalid_id": "The order is gone from the store; restore it there, or drop this write.",
    "wc_user_invalid_id": f"The customer is gone from the store: {ANEW}.",
    "woocommerce_rest_invalid_id": f"The record is gone from the store: {ANEW}.",
    "woocommerce_rest_product_invalid_id": f"The product is gone from the store: {ANEW}.",
    "woocommerce_rest_product_variation_invalid_id": f"The variation is gone from the store: its product, {ANEW}.",
    "rest_invalid_param": "The store does not know such a value: correct the record or the mapping.",
}
LONGEST = 300
SHOP_MANAGER = "Give the key's user the role Shop manager, or make a key for one who has it."
STORE_CODE = "woocommerce_"


def explained(error: RejectedError) -> RejectedError:
    """Give a refusal the hint that its code calls for."""
    hint = HINTS.get(error.code, error.hint)
    return RejectedError(error.message, code=error.code, hint=hint, context=error.context)


def refusal(item: Mapping[str, Any], what: str) -> RejectedError:
    """Make the error for one item of a batch that the store refused."""
    error = item["error"]
    code, message = str(error.get("code", "")), str(error.get("message", ""))[:LONGEST]
    hint = HINTS.get(code, "Correct the record, then replay it.")
    return RejectedError(f"the store refused {what}: {message}", code=code, hint=hint, context={"id": str(item["id"])})


def is_gone(error: RejectedError) -> bool:
    """Tell whether the store says that there is no such record; a PUT says so with 400."""
    return error.context.get("status") in ("404", "410") or error.code.endswith("_invalid_id")


def forbids(error: AuthError) -> bool:
    """Tell whether the store knows the key, and its user may not do this; a stranger gets a 401."""
    return error.context.get("status") == "403" and error.context.get("code", "").startswith(STORE_CODE)


def answers_plainly(http: httpx.Client, url: str, error: HubError) -> bool:
    """Tell whether a site that has no /wp-json answers REST by its plain address."""
    if error.context.get("status") != "404" or "code" in error.context:  # whoever has codes speaks REST
        return False
    try:
        return "namespaces" in document(http.get(f"{url}/", params={"rest_route": "/"}))
    except HubError:
        return False


def plain_links(error: HubError, url: str) -> ConfigError:
    """Say that a site has plain permalinks, under which a key does not count."""
    hint = "In WordPress, Settings > Permalinks: choose anything but Plain, and save."
    return ConfigError(f"{url} has plain permalinks, and so no REST API at /wp-json", hint=hint, context=error.context)


def set_up_error(error: HubError, url: str) -> HubError:
    """Say what is wrong with a connection's settings, from how the first request failed."""
    if isinstance(error, AuthError) and not error.context:
        return error  # it says already what the key may not
    if isinstance(error, AuthError) and forbids(error):
        message = f"{url}: the key's user may not do this: {error.message}"
        return AuthError(message, hint=SHOP_MANAGER, context=error.context)
    if isinstance(error, AuthError) and not _from_the_store(error):
        return _blocked(error, url)
    if isinstance(error, AuthError):
        return AuthError(f"{url} refuses the key: {error.message}", hint=_key_hint(error, url), context=error.context)
    if isinstance(error, BadResponseError):
        return ConfigError(
            f"{url} is not the REST API of a store: {error.message}", hint=_URL_HINT, context=error.context
        )
    if isinstance(error, RejectedError) and error.code == "rest_no_route":
        hint = "It is a WordPress site: install and activate WooCommerce there, or correct the URL."
        return ConfigError(f"{url} has no WooCommerce", hint=hint, context=error.context)
    if isinstance(error, RejectedError) and is_gone(error):
        return ConfigError(f"{url} has no REST API at /wp-json", hint=_URL_HINT, context=error.context)
    return error


_URL_HINT = (
    "Check the URL; in WordPress, Settings > Permalinks must be anything but Plain, and no firewall or maintenance "
    "page may stand before /wp-json."
)


def _from_the_store(error: AuthError) -> bool:
    return error.context.get("code", "").startswith(STORE_CODE)


def _blocked(error: AuthError, url: str) -> AuthError:
    by = error.context.get("code") or "without a code of the store"
    return AuthError(
        f"a plugin or firewall of {url} refuses REST requests ({by}): {error.message}",
        hint="Let /wp-json/wc/v3 pass in the site's security plugin, firewall or host's protection.",
        context=error.context,
    )


def _key_hint(error: HubError, url: str) -> str:
    said = error.message.lower()
    if "signature" in said:
        return "Check the secret, and that the URL is the site's own address (WordPress: Settings > General)."
    if "timestamp" in said:
        return "The clocks of this machine and of the store are more than 15 minutes apart: set them right."
    if "read permissions" in said:
        return "Make a key with the permission Read/Write under WooCommerce > Settings > Advanced > REST API."
    if url.startswith("http://") and "cannot_view" in error.context.get("code", ""):
        return 'The store takes Basic over TLS only: use https://, or set auth = "oauth1".'
    return (
        "Make a key under WooCommerce > Settings > Advanced > REST API and enter it anew; see that no proxy drops it."
    )
