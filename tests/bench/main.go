// Command bench is what `cargo xtask bench webhook` compares jobflow with: the webhook that one writes with
// controller-runtime, which decodes JobFlows into typed objects and checks their graph.
//
// Usage: bench PORT CERT_DIR. It serves POST /validate over TLS on loopback until it is killed.
package main

import (
	"fmt"
	"os"
	"strconv"

	"k8s.io/apimachinery/pkg/runtime"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/log/zap"
	"sigs.k8s.io/controller-runtime/pkg/webhook"
	"sigs.k8s.io/controller-runtime/pkg/webhook/admission"
)

func main() {
	if err := serve(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func serve(args []string) error {
	if len(args) != 2 {
		return fmt.Errorf("usage: bench PORT CERT_DIR")
	}
	port, err := strconv.Atoi(args[0])
	if err != nil {
		return err
	}
	ctrl.SetLogger(zap.New())
	scheme := runtime.NewScheme()
	if err := AddToScheme(scheme); err != nil {
		return err
	}
	server := webhook.NewServer(webhook.Options{Host: "127.0.0.1", Port: port, CertDir: args[1]})
	server.Register("/validate", admission.WithValidator(scheme, validator{}))
	return server.Start(ctrl.SetupSignalHandler())
}
