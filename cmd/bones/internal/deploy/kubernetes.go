package deploy

import (
	_ "embed"
	"io"
	"strings"

	"bones/cmd/bones/internal/command"
	"bones/procwalk/text"

	"github.com/spf13/cobra"
)

// daemonSet runs bones on each node, debugPod on one.
var (
	//go:embed kubernetes.yml
	daemonSet string
	//go:embed debug.yml
	debugPod string
)

// What the manifests may be filled with: names of Kubernetes, and references of images. Nothing of it needs quoting in
// YAML beyond the quotes that stand there.
var (
	nameForm  = text.Pattern(`^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$`)
	imageForm = text.Pattern(`^[A-Za-z0-9][-A-Za-z0-9._/:@]{0,254}$`)
)

func kubernetesCommand(p command.Program) *cobra.Command {
	var image, namespace, node string
	c := &cobra.Command{
		Use:   "kubernetes",
		Short: "Print a manifest that has Kubernetes run bones on each node",
		Long: `Print a DaemonSet that serves metrics to Prometheus and records on each node, with no rights in the
cluster, a read-only root and two capabilities. make image builds the image. With --debug NODE,
print a pod for interactive use on that node instead; kubectl bones does the same without a file.`,
		Example: "  bones deploy kubernetes --image registry.example/bones:1 | kubectl apply -f -\n" +
			"  bones deploy kubernetes --debug worker-1 | kubectl apply -f -",
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			manifest := daemonSet
			if c.Flags().Changed("debug") {
				manifest = debugPod
				if !c.Flags().Changed("namespace") {
					namespace = "default" // that of bones need not be there
				}
				if !nameForm().MatchString(node) {
					return command.Usage("--debug %q is not a valid name of a node", node)
				}
			}
			if !nameForm().MatchString(namespace) || len(namespace) > 63 || strings.Contains(namespace, ".") {
				return command.Usage("--namespace %q is not a valid name of a namespace", namespace)
			}
			if !imageForm().MatchString(image) {
				return command.Usage("--image %q is not a valid name of an image; write it as registry.example/bones:1", image)
			}
			manifest = strings.NewReplacer("@IMAGE@", image, "@NAMESPACE@", namespace, "@NODE@", node).Replace(manifest)
			_, err := io.WriteString(p.Out(), manifest)
			return command.Failed(err)
		},
	}
	c.Flags().StringVar(&image, "image", DefaultImage, "run the image `NAME`")
	c.Flags().StringVar(&namespace, "namespace", DefaultNamespace,
		"create everything in the namespace `NAME` (with --debug: default)")
	c.Flags().StringVar(&node, "debug", "", "print a pod for somebody at a terminal on `NODE` instead")
	return c
}

// What the manifests and kubectl bones go by if nothing else is said.
const (
	DefaultImage     = "bones:latest" // as make image calls it
	DefaultNamespace = "bones"
)
