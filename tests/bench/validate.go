package main

import (
	"context"
	"strings"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"
	"sigs.k8s.io/controller-runtime/pkg/webhook/admission"
)

type validator struct{}

func (validator) ValidateCreate(_ context.Context, flow *JobFlow) (admission.Warnings, error) {
	return nil, check(flow)
}

func (validator) ValidateUpdate(_ context.Context, _, flow *JobFlow) (admission.Warnings, error) {
	return nil, check(flow)
}

func (validator) ValidateDelete(context.Context, *JobFlow) (admission.Warnings, error) {
	return nil, nil
}

func check(flow *JobFlow) error {
	problems := checkFlows(flow.Spec.Flows)
	if len(problems) == 0 {
		return nil
	}
	return apierrors.NewInvalid(groupVersion.WithKind("JobFlow").GroupKind(), flow.Name, problems)
}

func checkFlows(flows []Flow) field.ErrorList {
	var problems field.ErrorList
	path := field.NewPath("spec", "flows")
	if len(flows) == 0 {
		return append(problems, field.Required(path, "must have at least one flow"))
	}
	positions := make(map[string]int, len(flows))
	for i := range flows {
		problems = append(problems, checkFlow(path.Index(i), &flows[i])...)
		if _, taken := positions[flows[i].Name]; taken {
			problems = append(problems, field.Duplicate(path.Index(i).Child("name"), flows[i].Name))
			continue
		}
		positions[flows[i].Name] = i
	}
	return append(problems, checkGraph(path, flows, positions)...)
}

func checkFlow(path *field.Path, flow *Flow) field.ErrorList {
	var problems field.ErrorList
	for _, problem := range validation.IsDNS1123Label(flow.Name) {
		problems = append(problems, field.Invalid(path.Child("name"), flow.Name, problem))
	}
	if (flow.JobTemplate == nil) == (flow.JobTemplateRef == "") {
		problems = append(problems, field.Forbidden(path, "exactly one of jobTemplate and jobTemplateRef must be set"))
	}
	if flow.JobTemplate != nil && flow.JobTemplate.Template.Spec.RestartPolicy != corev1.RestartPolicyNever {
		policy := path.Child("jobTemplate", "template", "spec", "restartPolicy")
		problems = append(problems, field.NotSupported(policy, flow.JobTemplate.Template.Spec.RestartPolicy, []corev1.RestartPolicy{corev1.RestartPolicyNever}))
	}
	return problems
}

// checkGraph looks for unknown names and, by Kahn's algorithm, for cycles.
func checkGraph(path *field.Path, flows []Flow, positions map[string]int) field.ErrorList {
	var problems field.ErrorList
	waiting := make([]int, len(flows))
	dependents := make([][]int, len(flows))
	for i := range flows {
		for j, name := range flows[i].Dependencies {
			position, known := positions[name]
			if !known {
				problems = append(problems, field.Invalid(path.Index(i).Child("dependencies").Index(j), name, "no flow has this name"))
				continue
			}
			waiting[i]++
			dependents[position] = append(dependents[position], i)
		}
	}
	var ready []int
	for i, count := range waiting {
		if count == 0 {
			ready = append(ready, i)
		}
	}
	for next := 0; next < len(ready); next++ {
		for _, dependent := range dependents[ready[next]] {
			if waiting[dependent]--; waiting[dependent] == 0 {
				ready = append(ready, dependent)
			}
		}
	}
	if len(ready) < len(flows) {
		var names []string
		for i, count := range waiting {
			if count > 0 {
				names = append(names, flows[i].Name)
			}
		}
		problems = append(problems, field.Invalid(path, strings.Join(names, ", "), "these flows depend on each other"))
	}
	return problems
}
