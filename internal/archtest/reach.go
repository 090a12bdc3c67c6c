package archtest

import "slices"

// chains are the ways from a package to what it imports through others. Each
// begins with a package of the project and ends with the import in question.
type chains [][]string

// lead reports whether one of the chains ends in prefix or below.
func (c chains) lead(prefix string) bool {
	return slices.ContainsFunc(c, func(chain []string) bool { return within(chain[len(chain)-1], prefix) })
}

// reachable finds for each package of the project, by import path, all that it
// imports directly or through other packages of the project, by a shortest way.
func reachable(files []source) map[string]chains {
	direct := map[string][]string{}
	for _, src := range files {
		own := module + "/" + src.dir
		direct[own] = append(direct[own], src.imports...)
	}
	reach := make(map[string]chains, len(direct))
	for start := range direct {
		seen := map[string]bool{start: true}
		for queue := (chains{{start}}); len(queue) > 0; queue = queue[1:] {
			chain := queue[0]
			for _, next := range direct[chain[len(chain)-1]] {
				if seen[next] {
					continue
				}
				seen[next] = true
				longer := append(slices.Clone(chain), next)
				reach[start] = append(reach[start], longer)
				queue = append(queue, longer)
			}
		}
	}
	return reach
}
