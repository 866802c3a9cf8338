package main

import (
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

var groupVersion = schema.GroupVersion{Group: "api.practice.com", Version: "v1alpha1"}

// JobFlow is a graph of Jobs.
type JobFlow struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitempty"`
	Spec              JobFlowSpec `json:"spec"`
}

// JobFlowSpec is the graph, and what all of its Jobs get.
type JobFlowSpec struct {
	GlobalParams *GlobalParams   `json:"globalParams,omitempty"`
	ShareVolumes []corev1.Volume `json:"shareVolumes,omitempty"`
	Flows        []Flow          `json:"flows"`
}

// GlobalParams are added to every Job and pod.
type GlobalParams struct {
	Env         []corev1.EnvVar   `json:"env,omitempty"`
	Labels      map[string]string `json:"labels,omitempty"`
	Annotations map[string]string `json:"annotations,omitempty"`
	NodeName    string            `json:"nodeName,omitempty"`
}

// Flow is one Job of the graph.
type Flow struct {
	Name              string               `json:"name"`
	Dependencies      []string             `json:"dependencies,omitempty"`
	JobTemplate       *batchv1.JobSpec     `json:"jobTemplate,omitempty"`
	JobTemplateRef    string               `json:"jobTemplateRef,omitempty"`
	ShareVolumeMounts []corev1.VolumeMount `json:"shareVolumeMounts,omitempty"`
}

// DeepCopyObject is needed to be a runtime.Object; the webhook never copies one.
func (in *JobFlow) DeepCopyObject() runtime.Object {
	out := *in
	out.ObjectMeta = *in.ObjectMeta.DeepCopy()
	return &out
}

// AddToScheme makes JobFlow known to scheme.
func AddToScheme(scheme *runtime.Scheme) error {
	scheme.AddKnownTypes(groupVersion, &JobFlow{})
	metav1.AddToGroupVersion(scheme, groupVersion)
	return nil
}
