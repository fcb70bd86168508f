package complaint

import (
	"io"

	"fenghuo/pipeline/model"
)

// decodeFitted reads a model file; it refuses one that is foreign, damaged, of
// another kind or of another format version.
func decodeFitted(file []byte) (*Fitted, error) {
	r, err := model.NewReader(file, kind)
	if err != nil {
		return nil, err
	}
	m := &Fitted{}
	for _, f := range []*fitted{&m.chinese, &m.english} {
		f.table = r.Table(outputs)
		for o := range f.calibration {
			f.calibration[o] = r.Calibration()
		}
		f.types = typeModel{table: r.Table(builtIn), right: r.Calibration()}
	}
	return m, r.Err()
}

// WriteTo writes the model file.
func (m *Fitted) WriteTo(out io.Writer) (int64, error) {
	w := model.NewWriter(kind)
	for _, f := range []*fitted{&m.chinese, &m.english} {
		w.Table(f.table)
		for _, c := range f.calibration {
			w.Calibration(c)
		}
		w.Table(f.types.table)
		w.Calibration(f.types.right)
	}
	return w.WriteTo(out)
}

// probabilities of the outputs for runes.
func (f *fitted) probabilities(runes []rune) (p [outputs]float32) {
	var margins [model.MaxOutputs]float32
	f.table.Margins(runes, &margins)
	for o := range p {
		p[o] = f.calibration[o].At(margins[o])
	}
	return p
}

// in is the model of a language.
func (m *Fitted) in(lang string) *fitted {
	if lang == "en" {
		return &m.english
	}
	return &m.chinese
}
