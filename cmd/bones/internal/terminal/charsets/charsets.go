// Package charsets stands in for github.com/gdamore/encoding, by a line in go.mod. tcell takes two character sets from
// there, and two are here. The module itself makes tables of five as the program starts, those of EBCDIC among them,
// whatever it is started for: that was 0.2 ms of each command.
package charsets

import (
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/transform"
)

// What terminals say they understand.
var (
	// UTF8 passes on what is valid; each byte that is not becomes U+FFFD.
	UTF8 encoding.Encoding = charset{encoding.UTF8Validator, encoding.UTF8Validator}
	// ASCII has U+FFFD for the bytes that it does not have, and SUB for the other characters.
	ASCII encoding.Encoding = charset{fromASCII{}, toASCII{}}
)

// charset is a character set whose transformers keep no state.
type charset struct{ from, to transform.Transformer }

func (c charset) NewDecoder() *encoding.Decoder { return &encoding.Decoder{Transformer: c.from} }

func (c charset) NewEncoder() *encoding.Encoder { return &encoding.Encoder{Transformer: c.to} }

type fromASCII struct{ transform.NopResetter }

func (fromASCII) Transform(dst, src []byte, _ bool) (written, read int, err error) {
	for ; read < len(src); read++ {
		r := rune(src[read])
		if r >= utf8.RuneSelf {
			r = utf8.RuneError
		}
		if written+utf8.RuneLen(r) > len(dst) {
			return written, read, transform.ErrShortDst
		}
		written += utf8.EncodeRune(dst[written:], r)
	}
	return written, read, nil
}

type toASCII struct{ transform.NopResetter }

func (toASCII) Transform(dst, src []byte, atEOF bool) (written, read int, err error) {
	for read < len(src) {
		if !atEOF && !utf8.FullRune(src[read:]) {
			return written, read, transform.ErrShortSrc
		}
		if written == len(dst) {
			return written, read, transform.ErrShortDst
		}
		r, size := utf8.DecodeRune(src[read:])
		if dst[written] = byte(r); r >= utf8.RuneSelf {
			dst[written] = encoding.ASCIISub
		}
		written, read = written+1, read+size
	}
	return written, read, nil
}
