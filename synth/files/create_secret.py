"""Create the Secret with generated values, once; one that exists is kept as it is.

Runs in a Job's pod from a ConfigMap, with nothing but Python's standard library.
"""

from __future__ import annotations

import argparse
import base64
import json
import os
import secrets
import ssl
import sys
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

ACCOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount")
TIMEOUT_S = 10
BYTES = 24


def missing(secret: dict[str, Any], keys: list[str]) -> list[str]:
    """Keys that the Secret does not have, or has empty."""
    data = secret.get("data") or {}
    return [key for key in keys if not base64.b64decode(data.get(key, "")).strip()]


def generated(namespace: str, name: str, keys: list[str]) -> dict[str, Any]:
    """A new Secret; hexadecimal values need no quoting in any file or URL they get into."""
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {
            "name": name,
            "namespace": namespace,
            "labels": {"app.kubernetes.io/name": "kube-flask", "app.kubernetes.io/part-of": "kube-flask"},
        },
        "type": "Opaque",
        "stringData": {key: secrets.token_hex(BYTES) for key in keys},
    }


def server(environ: dict[str, str]) -> str:
    """Address of the API server, from the variables every pod has; an IPv6 address gets its brackets."""
    host, port = environ["KUBERNETES_SERVICE_HOST"], environ["KUBERNETES_SERVICE_PORT"]
    return f"https://[{host}]:{port}" if ":" in host else f"https://{host}:{port}"


class Api:
    """The two requests this program makes, as the pod's service account."""

    def __init__(self, url: str, token: str, context: ssl.SSLContext | None) -> None:
        self.url, self.token, self.context = url, token, context

    def call(self, method: str, path: str, body: dict[str, Any] | None = None) -> tuple[int, dict[str, Any]]:
        """Status and decoded answer; raises OSError when there is no answer at all."""
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        data = json.dumps(body).encode() if body is not None else None
        request = urllib.request.Request(self.url + path, data=data, headers=headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT_S, context=self.context) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            return error.code, {"message": error.read().decode(errors="replace")}


def ensure(api: Api, namespace: str, name: str, keys: list[str]) -> str:
    """Create the Secret or check the one that is there; returns what to print, raises SystemExit."""
    path = f"/api/v1/namespaces/{namespace}/secrets"
    status, answer = api.call("GET", f"{path}/{name}")
    if status == 404:
        status, answer = api.call("POST", path, generated(namespace, name, keys))
        if status == 201:
            return f"secret {namespace}/{name}: created with generated values"
        if status == 409:
            status, answer = api.call("GET", f"{path}/{name}")
    if status != 200:
        raise SystemExit(f"secret {namespace}/{name}: the API server said {status}: {answer.get('message')}")
    absent = missing(answer, keys)
    if absent:
        raise SystemExit(
            f"secret {namespace}/{name} exists but lacks {', '.join(absent)}: "
            "add a value for each, or delete the Secret if no database uses it yet"
        )
    return f"secret {namespace}/{name}: exists, kept as it is"


def main(argv: list[str]) -> None:
    """Read the command line and the pod's service account, then do it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--namespace", required=True)
    parser.add_argument("--secret", required=True)
    parser.add_argument("keys", nargs="+")
    args = parser.parse_args(argv)
    context = ssl.create_default_context(cafile=str(ACCOUNT / "ca.crt"))
    # Python 3.13 also demands an Authority Key Identifier, which some clusters' certificates do not have.
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    api = Api(server(dict(os.environ)), (ACCOUNT / "token").read_text().strip(), context)
    print(ensure(api, args.namespace, args.secret, args.keys))


if __name__ == "__main__":
    main(sys.argv[1:])
