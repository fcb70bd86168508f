package gateway

import (
	"io"
	"mime/multipart"
)

func newFormReader(body io.Reader, boundary string) (*multipart.Form, error) {
	return multipart.NewReader(body, boundary).ReadForm(maxQuerySize)
}
