package main

import (
	"net"
	"net/http"
	"path"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"usersync/internal/config"
)

const manifest = "deploy/kubernetes/usersync.yaml"

// object finds one of the manifest.
func object(t *testing.T, all []tree, kind, name string) tree {
	t.Helper()
	for _, o := range all {
		if at(o, "kind") == kind && at(o, "metadata", "name") == name {
			return o
		}
	}
	t.Fatalf("no %s %s", kind, name)
	return nil
}

// firstContainer is the only container of a pod's template.
func firstContainer(t *testing.T, o tree) any {
	t.Helper()
	containers := listAt(o, "spec", "template", "spec", "containers")
	if len(containers) != 1 {
		t.Fatalf("%d containers", len(containers))
	}
	return containers[0]
}

// clusterConfig loads the configuration of the manifest, with its secrets where
// files of a test are.
func clusterConfig(t *testing.T, all []tree) *config.Config {
	t.Helper()
	var secrets []string
	for _, found := range regexp.MustCompile(`--from-literal=([a-z-]+)=`).FindAllStringSubmatch(projectFile(t, manifest), -1) {
		secrets = append(secrets, found[1])
	}
	text := textAt(t, object(t, all, "ConfigMap", "usersync"), "data", "usersync.yaml")
	mounted := "/run/secrets/usersync"
	if !strings.Contains(text, mounted) {
		t.Errorf("no secret is read from %s", mounted)
	}
	file := writeText(t, "usersync.yaml", strings.ReplaceAll(text, mounted, secretFiles(t, secrets)))
	c, err := config.Load(config.Options{File: file, Environ: readImage(t).environment, NeedProviders: true})
	if err != nil {
		t.Fatalf("with the secrets %v: %v", secrets, err)
	}
	if len(c.Warnings) > 0 {
		t.Errorf("warnings: %q", c.Warnings)
	}
	return c
}

// ports are the ports of the daemon's container by name.
func containerPorts(container any) map[string]int {
	ports := map[string]int{}
	for _, port := range listAt(container, "ports") {
		name, _ := at(port, "name").(string)
		ports[name], _ = at(port, "containerPort").(int)
	}
	return ports
}

func TestKubernetesPortsAndVolumes(t *testing.T) {
	t.Parallel()
	all := parseTrees(t, projectFile(t, manifest))
	c := clusterConfig(t, all)
	set := object(t, all, "StatefulSet", "usersync")
	container := firstContainer(t, set)
	ports := containerPorts(container)
	for name, listen := range map[string]string{"webhooks": c.Listen, "admin": c.Admin.Listen} {
		if _, port, err := net.SplitHostPort(listen); err != nil || port != strconv.Itoa(ports[name]) {
			t.Errorf("the container's port %s is %d, usersync listens on %s", name, ports[name], listen)
		}
	}
	for service, port := range map[string]string{"usersync": "webhooks", "usersync-admin": "admin"} {
		exposed := listAt(object(t, all, "Service", service), "spec", "ports")
		if len(exposed) != 1 || at(exposed[0], "targetPort") != port {
			t.Errorf("the service %s exposes %v", service, exposed)
		}
	}
	if at(set, "spec", "serviceName") != "usersync-admin" {
		t.Error("the replicas have no names")
	}
	var atData bool
	for _, mount := range listAt(container, "volumeMounts") {
		atData = atData || at(mount, "name") == "data" && at(mount, "mountPath") == path.Dir(c.Spool.Dir)
	}
	claim := listAt(set, "spec", "volumeClaimTemplates")[0]
	if !atData || at(claim, "metadata", "name") != "data" {
		t.Errorf("the spool %s is on no volume", c.Spool.Dir)
	}
	// The spool leaves 5 % of its disk free, and 64 MiB at least.
	gigabytes, err := strconv.Atoi(strings.TrimSuffix(textAt(t, claim, "spec", "resources", "requests", "storage"), "Gi"))
	if disk := int64(gigabytes) << 30; err != nil || c.Spool.MaxBytes > disk-max(disk/20, 64<<20) {
		t.Errorf("%d bytes of spool on a volume of %d Gi: %v", c.Spool.MaxBytes, gigabytes, err)
	}
	for _, o := range []tree{object(t, all, "NetworkPolicy", "usersync"), object(t, all, "PodDisruptionBudget", "usersync"), set} {
		selector := at(o, "spec", "podSelector")
		if selector == nil {
			selector = at(o, "spec", "selector")
		}
		if got, want := at(selector, "matchLabels", "app.kubernetes.io/name"), at(set, "spec", "template", "metadata", "labels", "app.kubernetes.io/name"); got != want {
			t.Errorf("%s selects %v, the pods are %v", at(o, "kind"), got, want)
		}
	}
}

func TestKubernetesPods(t *testing.T) {
	t.Parallel()
	all := parseTrees(t, projectFile(t, manifest))
	for _, o := range []tree{object(t, all, "StatefulSet", "usersync"), object(t, all, "Job", "usersync-migrate")} {
		container := firstContainer(t, o)
		mustParse(t, wordsAt(container, "args"))
		user, _ := at(o, "spec", "template", "spec", "securityContext", "runAsUser").(int)
		if image := readImage(t).user; !strings.HasPrefix(image, strconv.Itoa(user)+":") {
			t.Errorf("%s runs as %d, the image as %s", at(o, "kind"), user, image)
		}
		security := at(container, "securityContext")
		if at(security, "readOnlyRootFilesystem") != true || at(security, "allowPrivilegeEscalation") != false || wordsAt(security, "capabilities", "drop")[0] != "ALL" {
			t.Errorf("%s: %v", at(o, "kind"), security)
		}
		for _, variable := range listAt(container, "env") {
			if at(variable, "name") != "USERSYNC_CONFIG" || at(variable, "value") != "/etc/usersync/usersync.yaml" {
				t.Errorf("%s: %v is not where the ConfigMap is mounted", at(o, "kind"), variable)
			}
		}
	}
}

// What the probes ask is what a daemon answers, and stopping takes less than the
// grace that it gets.
func TestKubernetesProbes(t *testing.T) {
	t.Parallel()
	all := parseTrees(t, projectFile(t, manifest))
	set := object(t, all, "StatefulSet", "usersync")
	container := firstContainer(t, set)
	url := databaseURLs["sqlite"](t)
	daemon := startProcess(t, writeConfig(t, url, ""), url)
	for probe, want := range map[string]string{"startupProbe": "/livez", "livenessProbe": "/livez", "readinessProbe": "/readyz"} {
		get := at(container, probe, "httpGet")
		if at(get, "path") != want || at(get, "port") != "admin" {
			t.Errorf("%s asks %v", probe, get)
		}
		response, err := http.Get(daemon.adminURL + textAt(t, get, "path"))
		if err != nil {
			t.Fatal(err)
		}
		_ = response.Body.Close()
		if response.StatusCode != http.StatusOK {
			t.Errorf("%s is answered %d", probe, response.StatusCode)
		}
	}
	pause, _ := at(container, "lifecycle", "preStop", "sleep", "seconds").(int)
	grace, _ := at(set, "spec", "template", "spec", "terminationGracePeriodSeconds").(int)
	if need := stopsWithin + time.Duration(pause)*time.Second; time.Duration(grace)*time.Second < need {
		t.Errorf("%d s of grace, and stopping takes up to %v", grace, need)
	}
}
