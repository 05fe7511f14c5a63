// Renders a chart as `helm template` does, for tests, where no helm is to be had: with Debian's text/template and sprig its output
// on charts of this kind is Helm's byte for byte.
//
//	render [-f values.yaml]... [--set key=value]... [--name N] [--namespace N] [--kube-version V] [--notes FILE] CHART
//
//  (1) Values are checked against values.schema.json before anything is rendered, as Helm does. Exit status 2: they do not fit.
//  (2) Each document that comes out is parsed strictly: a key that is there twice is an error.
//  (3) What `fail` says is printed as it is. Exit status 1.
//  (4) No subcharts, no crds/, no lookup, no .helmignore: the chart does without.
//
// Build: CGO_ENABLED=0 GO111MODULE=off GOPATH=/usr/share/gocode go build render.go
package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"sort"
	"strings"
	"text/template"

	"github.com/Masterminds/sprig"
	"github.com/xeipuuv/gojsonschema"
	"sigs.k8s.io/yaml"
)

type tree = map[string]interface{}

func die(status int, format string, arguments ...interface{}) {
	fmt.Fprintf(os.Stderr, "render: "+format+"\n", arguments...)
	os.Exit(status)
}

// As Helm lays values over values: maps are merged, null removes, all else replaces.
func merge(under, over tree) tree {
	for key, value := range over {
		if value == nil {
			delete(under, key)
			continue
		}
		if inner, ok := value.(tree); ok {
			if there, ok := under[key].(tree); ok {
				under[key] = merge(there, inner)
				continue
			}
		}
		under[key] = value
	}
	return under
}

func load(path string) tree {
	text, err := os.ReadFile(path)
	if err != nil {
		die(1, "%v", err)
	}
	values := tree{}
	if err := yaml.UnmarshalStrict(text, &values); err != nil {
		die(1, "%s: %v", path, err)
	}
	return values
}

func set(values tree, assignment string) {
	path, text, found := strings.Cut(assignment, "=")
	if !found {
		die(1, "--set %q: want key=value", assignment)
	}
	keys := strings.Split(path, ".")
	for _, key := range keys[:len(keys)-1] {
		inner, ok := values[key].(tree)
		if !ok {
			inner = tree{}
			values[key] = inner
		}
		values = inner
	}
	var value interface{}
	if err := yaml.Unmarshal([]byte(text), &value); err != nil {
		value = text
	}
	values[keys[len(keys)-1]] = value
}

// .Files
type files map[string][]byte

func (f files) Get(name string) string { return string(f[name]) }

func (f files) Glob(pattern string) files {
	found := files{}
	for name, content := range f {
		if ok, _ := filepath.Match(pattern, name); ok {
			found[name] = content
		}
	}
	return found
}

// .Capabilities.APIVersions: a cluster that is not asked knows none of the others' kinds.
type apiVersions struct{}

func (apiVersions) Has(string) bool { return false }

type several []string

func (s *several) String() string         { return strings.Join(*s, ",") }
func (s *several) Set(value string) error { *s = append(*s, value); return nil }

func check(chart string, values tree) {
	schema, err := os.ReadFile(filepath.Join(chart, "values.schema.json"))
	if err != nil {
		die(1, "%v", err)
	}
	document, _ := json.Marshal(values)
	result, err := gojsonschema.Validate(gojsonschema.NewBytesLoader(schema), gojsonschema.NewBytesLoader(document))
	if err != nil {
		die(1, "values.schema.json: %v", err)
	}
	for _, problem := range result.Errors() {
		fmt.Fprintf(os.Stderr, "values don't meet the schema: %s\n", problem)
	}
	if !result.Valid() {
		os.Exit(2)
	}
}

func marshal(value interface{}) string {
	text, err := yaml.Marshal(value)
	if err != nil {
		return ""
	}
	return strings.TrimSuffix(string(text), "\n")
}

func parse(text string) tree {
	values := tree{}
	if err := yaml.Unmarshal([]byte(text), &values); err != nil {
		values["Error"] = err.Error()
	}
	return values
}

func parseArray(text string) []interface{} {
	values := []interface{}{}
	if err := yaml.Unmarshal([]byte(text), &values); err != nil {
		return []interface{}{err.Error()}
	}
	return values
}

// Helm's functions: sprig's less those that read the environment, and its own.
func functions(all *template.Template) template.FuncMap {
	known := sprig.TxtFuncMap()
	delete(known, "env")
	delete(known, "expandenv")
	known["toYaml"] = marshal
	known["fromYaml"] = parse
	known["fromYamlArray"] = parseArray
	known["required"] = func(message string, value interface{}) (interface{}, error) {
		if value == nil || value == "" {
			return value, errors.New(message)
		}
		return value, nil
	}
	known["include"] = func(name string, data interface{}) (string, error) {
		var out strings.Builder
		err := all.ExecuteTemplate(&out, name, data)
		return out.String(), err
	}
	known["tpl"] = func(text string, data interface{}) (string, error) {
		copied, err := all.Clone()
		if err != nil {
			return "", err
		}
		parsed, err := copied.New("tpl").Parse(text)
		if err != nil {
			return "", err
		}
		var out strings.Builder
		err = parsed.Execute(&out, data)
		return strings.ReplaceAll(out.String(), "<no value>", ""), err
	}
	return known
}

// What `fail` says comes wrapped in where it was said, once per template; the reader wants what and, at the end, where.
var wrapping = regexp.MustCompile(`^template: .*error calling fail: `)

func main() {
	var valueFiles, assignments several
	flag.Var(&valueFiles, "f", "values file")
	flag.Var(&assignments, "set", "key=value")
	name := flag.String("name", "demo", "release")
	namespace := flag.String("namespace", "default", "namespace")
	version := flag.String("kube-version", "v1.33.0", "version of the cluster")
	notes := flag.String("notes", "", "write NOTES.txt here")
	flag.Parse()
	dir := flag.Arg(0)

	values := load(filepath.Join(dir, "values.yaml"))
	for _, path := range valueFiles {
		values = merge(values, load(path))
	}
	for _, assignment := range assignments {
		set(values, assignment)
	}
	check(dir, values)

	chart := tree{}
	for key, value := range load(filepath.Join(dir, "Chart.yaml")) {
		chart[strings.ToUpper(key[:1])+key[1:]] = value
	}
	chartName := chart["Name"].(string)
	all := template.New("gotpl").Option("missingkey=zero")
	all.Funcs(functions(all))
	content := files{}
	var templates []string
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		relative, _ := filepath.Rel(dir, path)
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if !strings.HasPrefix(relative, "templates/") {
			content[relative] = text
			return nil
		}
		templates = append(templates, relative)
		_, err = all.New(chartName + "/" + relative).Parse(string(text))
		return err
	})
	if err != nil {
		die(1, "%v", err)
	}
	sort.Strings(templates)

	number := strings.SplitN(strings.TrimPrefix(*version, "v"), ".", 3)
	top := tree{
		"Values": values, "Chart": chart, "Files": content,
		"Release": tree{"Name": *name, "Namespace": *namespace, "IsInstall": true, "IsUpgrade": false, "Revision": 1, "Service": "Helm"},
		"Capabilities": tree{"APIVersions": apiVersions{},
			"KubeVersion": tree{"Version": *version, "GitVersion": *version, "Major": number[0], "Minor": number[1]}},
	}
	for _, relative := range templates {
		if strings.HasPrefix(filepath.Base(relative), "_") {
			continue
		}
		full := chartName + "/" + relative
		top["Template"] = tree{"Name": full, "BasePath": chartName + "/templates"}
		var rendered strings.Builder
		if err := all.ExecuteTemplate(&rendered, full, top); err != nil {
			die(1, "%s", wrapping.ReplaceAllString(err.Error(), ""))
		}
		out := strings.TrimSpace(strings.ReplaceAll(rendered.String(), "<no value>", ""))
		if filepath.Base(relative) == "NOTES.txt" {
			if *notes != "" {
				if err := os.WriteFile(*notes, []byte(out+"\n"), 0o644); err != nil {
					die(1, "%v", err)
				}
			}
			continue
		}
		for _, document := range strings.Split("\n"+out, "\n---") {
			if strings.TrimSpace(document) == "" {
				continue
			}
			var object interface{}
			if err := yaml.UnmarshalStrict([]byte(document), &object); err != nil {
				die(1, "%s: what was rendered: %v\n%s", full, err, document)
			}
			if object != nil {
				fmt.Printf("---\n# Source: %s\n%s\n", full, strings.TrimSpace(document))
			}
		}
	}
}
