// Command etcd is the etcd server: the commands of that project cannot be built as modules, its packages can.
package main

import (
	"os"

	"go.etcd.io/etcd/server/v3/etcdmain"
)

func main() { etcdmain.Main(os.Args) }
