package check

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"github.com/compose-spec/compose-go/v2/cli"
	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/rulefmt"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"
	"sigs.k8s.io/yaml"
)

// objects are the kinds that the manifests may hold.
var objects = map[string]func() any{
	"Deployment":          func() any { return &appsv1.Deployment{} },
	"PodDisruptionBudget": func() any { return &policyv1.PodDisruptionBudget{} },
	"ServiceAccount":      func() any { return &corev1.ServiceAccount{} },
	"ConfigMap":           func() any { return &corev1.ConfigMap{} },
}

// The kustomization builds, and every object has only fields that its type has.
func TestKubernetes(t *testing.T) {
	built, err := krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(filesys.MakeFsOnDisk(), "../kubernetes")
	if err != nil {
		t.Fatal(err)
	}
	labels := map[string]map[string]string{} // of the pods of a deployment
	var budgets []*policyv1.PodDisruptionBudget
	for _, resource := range built.Resources() {
		text := resource.MustYaml()
		fresh, known := objects[resource.GetKind()]
		if !known {
			t.Errorf("no check for kind %s", resource.GetKind())
			continue
		}
		object := fresh()
		if err := yaml.UnmarshalStrict([]byte(text), object); err != nil {
			t.Errorf("%s %s: %v", resource.GetKind(), resource.GetName(), err)
		}
		if resource.GetNamespace() != "fenghuo" {
			t.Errorf("%s %s is in namespace %q", resource.GetKind(), resource.GetName(), resource.GetNamespace())
		}
		switch o := object.(type) {
		case *appsv1.Deployment:
			labels[o.Name] = o.Spec.Template.Labels
			checkDeployment(t, o)
		case *policyv1.PodDisruptionBudget:
			budgets = append(budgets, o)
		}
	}
	if len(labels) != 2 || len(budgets) != 2 {
		t.Fatalf("%d deployments and %d disruption budgets, want 2 and 2", len(labels), len(budgets))
	}
	for _, b := range budgets {
		if !selects(b.Spec.Selector.MatchLabels, labels[b.Name]) {
			t.Errorf("disruption budget %s selects %v, the pods have %v", b.Name, b.Spec.Selector.MatchLabels, labels[b.Name])
		}
	}
}

// checkDeployment looks for what strict decoding lets pass: a selector that
// misses its pods, a probe of a port without a name, a volume without a source.
func checkDeployment(t *testing.T, d *appsv1.Deployment) {
	t.Helper()
	if !selects(d.Spec.Selector.MatchLabels, d.Spec.Template.Labels) {
		t.Errorf("deployment %s does not select its own pods", d.Name)
	}
	pod := d.Spec.Template.Spec
	volumes := map[string]bool{}
	for _, v := range pod.Volumes {
		volumes[v.Name] = true
		if v.ConfigMap == nil || !strings.HasPrefix(v.ConfigMap.Name, "fenghuo-") {
			t.Errorf("deployment %s: volume %s is not the generated config map: %+v", d.Name, v.Name, v.ConfigMap)
		}
	}
	for _, c := range pod.Containers {
		ports := map[string]bool{}
		for _, p := range c.Ports {
			ports[p.Name] = true
		}
		for _, probe := range []*corev1.Probe{c.LivenessProbe, c.ReadinessProbe} {
			if probe == nil || !ports[probe.HTTPGet.Port.StrVal] {
				t.Errorf("deployment %s: a probe is missing or asks a port that has no such name", d.Name)
			}
		}
		for _, m := range c.VolumeMounts {
			if !volumes[m.Name] {
				t.Errorf("deployment %s mounts %s, which is not there", d.Name, m.Name)
			}
		}
	}
}

// selects reports whether the labels hold all of the selector's.
func selects(selector, labels map[string]string) bool {
	for key, value := range selector {
		if labels[key] != value {
			return false
		}
	}
	return len(selector) > 0
}

// The compose file follows the compose specification.
func TestCompose(t *testing.T) {
	options, err := cli.NewProjectOptions([]string{"../docker/compose.yaml"})
	if err != nil {
		t.Fatal(err)
	}
	project, err := options.LoadProject(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"kafka", "clickhouse", "fenghuo"} {
		if _, err := project.GetService(name); err != nil {
			t.Error(err)
		}
	}
	for name, service := range project.Services {
		for _, port := range service.Ports {
			if port.HostIP != "127.0.0.1" {
				t.Errorf("service %s: port %s is open to other machines", name, port.Published)
			}
		}
	}
}

// The Dockerfile parses, instruction by instruction, without a warning.
func TestDockerfile(t *testing.T) {
	text, err := os.ReadFile("../docker/Dockerfile")
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := parser.Parse(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	for _, warning := range parsed.Warnings {
		t.Errorf("warning: %s", warning.Short)
	}
	stages, _, err := instructions.Parse(parsed.AST, nil)
	if err != nil {
		t.Fatal(err)
	}
	if last := stages[len(stages)-1]; last.BaseName != "scratch" {
		t.Errorf("the image is built on %q, want nothing but the static file", last.BaseName)
	}
}

// Prometheus reads the rules, and every expression and template in them.
func TestPrometheusRules(t *testing.T) {
	groups, errs := rulefmt.ParseFile("../prometheus/fenghuo.rules.yaml", false, model.UTF8Validation)
	for _, err := range errs {
		t.Error(err)
	}
	if groups == nil || len(groups.Groups) == 0 || len(groups.Groups[0].Rules) == 0 {
		t.Error("no rules")
	}
}
