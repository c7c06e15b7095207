// The pod network of a node: the CNI configuration for the node's own pod range, one
// route per other node, and one rule that hides pod addresses from the outside. Every
// node is on one docker bridge, so no tunnel is needed.
package main

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"log"
	"net/http"
	"os"
	"os/exec"
	"time"
)

const (
	account = "/var/run/secrets/kubernetes.io/serviceaccount/"
	cniFile = "/etc/cni/net.d/10-pods.conflist"
	// The ranges change only while nodes join; after that the loop is a heartbeat.
	period = 2 * time.Second
)

type node struct {
	Metadata struct{ Name string }
	Spec     struct{ PodCIDR string }
	Status   struct {
		Addresses []struct{ Type, Address string }
	}
}

func (n node) address() string {
	for _, a := range n.Status.Addresses {
		if a.Type == "InternalIP" {
			return a.Address
		}
	}
	return ""
}

func client() (*http.Client, error) {
	authority, err := os.ReadFile(account + "ca.crt")
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(authority)
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}}
	return &http.Client{Transport: transport, Timeout: 5 * time.Second}, nil
}

func nodes(api *http.Client, endpoint string) ([]node, error) {
	token, err := os.ReadFile(account + "token")
	if err != nil {
		return nil, err
	}
	// resourceVersion=0 is answered from the API server's cache, without asking etcd.
	request, err := http.NewRequest("GET", "https://"+endpoint+"/api/v1/nodes?resourceVersion=0", nil)
	if err != nil {
		return nil, err
	}
	request.Header.Set("Authorization", "Bearer "+string(token))
	response, err := api.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("listing nodes: %s", response.Status)
	}
	var list struct{ Items []node }
	return list.Items, json.NewDecoder(response.Body).Decode(&list)
}

func run(name string, args ...string) error {
	if out, err := exec.Command(name, args...).CombinedOutput(); err != nil {
		return fmt.Errorf("%s %v: %w: %s", name, args, err, out)
	}
	return nil
}

func cniConfig(podCIDR string) []byte {
	type object = map[string]any
	type list = []any
	text, _ := json.MarshalIndent(object{
		"cniVersion": "0.4.0", "name": "pods",
		"plugins": list{
			object{"type": "ptp", "ipMasq": false, "ipam": object{
				"type": "host-local", "dataDir": "/run/cni-ipam-state",
				"routes": list{object{"dst": "0.0.0.0/0"}},
				"ranges": list{list{object{"subnet": podCIDR}}},
			}},
			object{"type": "portmap", "capabilities": object{"portMappings": true}},
		},
	}, "", " ")
	return text
}

// writeOnce replaces the file in one step and only when it differs: the container
// runtime reloads its network on every change it sees.
func writeOnce(path string, text []byte) error {
	if old, err := os.ReadFile(path); err == nil && string(old) == string(text) {
		return nil
	}
	if err := os.WriteFile(path+".tmp", text, 0o644); err != nil {
		return err
	}
	return os.Rename(path+".tmp", path)
}

func masquerade(podSubnet string) error {
	rule := []string{"POSTROUTING", "-s", podSubnet, "!", "-d", podSubnet, "-j", "MASQUERADE"}
	if run("iptables", append([]string{"-w", "-t", "nat", "-C"}, rule...)...) == nil {
		return nil
	}
	return run("iptables", append([]string{"-w", "-t", "nat", "-A"}, rule...)...)
}

func reconcile(all []node, self string, routed map[string]string) error {
	for _, n := range all {
		cidr, address := n.Spec.PodCIDR, n.address()
		if cidr == "" || address == "" {
			continue
		}
		if n.Metadata.Name == self {
			if err := writeOnce(cniFile, cniConfig(cidr)); err != nil {
				return err
			}
		} else if routed[cidr] != address {
			if err := run("ip", "route", "replace", cidr, "via", address); err != nil {
				return err
			}
			routed[cidr] = address
		}
	}
	return nil
}

func main() {
	api, err := client()
	if err != nil {
		log.Fatal(err)
	}
	for {
		// The interface may have gone and come back with its routes lost, so the
		// memory of what was set is short.
		routed := map[string]string{}
		for range 5 {
			err := masquerade(os.Getenv("POD_SUBNET"))
			if err == nil {
				var all []node
				if all, err = nodes(api, os.Getenv("CONTROL_PLANE_ENDPOINT")); err == nil {
					err = reconcile(all, os.Getenv("NODE_NAME"), routed)
				}
			}
			if err != nil {
				log.Print(err)
			}
			time.Sleep(period)
		}
	}
}
