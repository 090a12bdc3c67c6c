package dashboard

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"net/http"
	"path"
	"strings"
)

//go:embed assets
var assetFiles embed.FS

// assets are the files that pages load, by the name that has their content's hash: a
// browser may keep them for ever, and has the right one after an upgrade.
type assets struct {
	files map[string][]byte // by hashed name
	paths map[string]string // from the plain name
}

func newAssets() assets {
	a := assets{files: map[string][]byte{}, paths: map[string]string{}}
	entries, err := assetFiles.ReadDir("assets")
	if err != nil {
		panic(err) // they are part of the program
	}
	for _, entry := range entries {
		content, err := assetFiles.ReadFile("assets/" + entry.Name())
		if err != nil {
			panic(err)
		}
		sum := sha256.Sum256(content)
		kind := path.Ext(entry.Name())
		hashed := strings.TrimSuffix(entry.Name(), kind) + "." + hex.EncodeToString(sum[:6]) + kind
		a.files[hashed], a.paths[entry.Name()] = content, "/assets/"+hashed
	}
	return a
}

// path is where a file is, for a template: an unknown one is a mistake in it.
func (a assets) path(name string) (string, error) {
	at, ok := a.paths[name]
	if !ok {
		return "", fmt.Errorf("there is no asset %s", name)
	}
	return at, nil
}

// contentTypes are those of the files. What this machine thinks of names is no help.
var contentTypes = map[string]string{
	".css": "text/css; charset=utf-8",
	".js":  "text/javascript; charset=utf-8",
	".svg": "image/svg+xml",
}

// asset serves a file to everybody: it is a part of a program that everybody may read.
func (d *Dashboard) asset(w http.ResponseWriter, r *http.Request) Note {
	protect(w.Header())
	name := r.PathValue("name")
	content, ok := d.assets.files[name]
	if !ok {
		http.Error(w, "not found: reload the page", http.StatusNotFound)
		return Note{Quiet: true}
	}
	w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	w.Header().Set("Content-Type", contentTypes[path.Ext(name)])
	_, _ = w.Write(content)
	return Note{Quiet: true}
}
