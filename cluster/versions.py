"""Every version and digest the bring-up pins, each with where it comes from."""

KIND = "0.33.0"
"""kind, built from `cluster/go/kind` unless a `kind` on PATH is at least this new."""

KUBERNETES = "1.37.2"
"""Kubernetes of the node image that is built here (the Go module k8s.io/kubernetes)."""

GO = "1.26.8"
"""The Go that the modules in `cluster/go` name in their go.mod."""

ETCD_TAG = "3.7.0-0"
PAUSE_TAG = "3.10.2"
COREDNS_TAG = "v1.14.6"
"""The image tags that kubeadm 1.37.2 asks for (`kubeadm config images list`)."""

NODE_PULLED = "kindest/node:v1.37.0@sha256:a1ed56cfb0e7b93589bdf97c8cd566405a265939e3620fc4f5de89adff580ae5"
"""The default node image of kind v0.33.0: pkg/apis/config/defaults/image.go of its Go module."""

BASE_PULLED = "debian:trixie-slim@sha256:a29215f6a35e51e22adffa17f89e9d2ef06214e64a2bad10d765c46aea49f11f"
"""A multi-architecture index of debian:trixie-slim, found pinned in two unrelated public
repositories (a Dockerfile kept by Dependabot, and a test plan that checked it against
docker-library/repo-info). It has not been pulled from here: this machine reaches no registry."""

BASE_BUILT = "debian:trixie-slim"
"""The name the same base gets when debootstrap builds it."""
