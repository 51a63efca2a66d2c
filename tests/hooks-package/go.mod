module hooks-package

go 1.23.3

require (
	github.com/containers/common v0.63.0
	github.com/opencontainers/runtime-spec v1.2.1
)

require (
	github.com/containers/storage v1.58.0 // indirect
	github.com/fsnotify/fsnotify v1.9.0 // indirect
	github.com/sirupsen/logrus v1.9.3 // indirect
	golang.org/x/sys v0.32.0 // indirect
)
