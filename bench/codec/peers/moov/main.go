// moov-io/iso8583 on a leash, as peers/jpos: reads `load NAME SPEC HEX` and `run NAME WHAT MILLIS` from standard input and
// answers a line each. SPEC is JSON without spaces: the dialect as the bench's own codec has resolved it.
package main

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"sort"
	"strconv"
	"strings"
	"time"

	"github.com/moov-io/iso8583"
	"github.com/moov-io/iso8583/encoding"
	"github.com/moov-io/iso8583/field"
	"github.com/moov-io/iso8583/prefix"
)

type element struct {
	De       int    `json:"de"`
	Max      int    `json:"max"`
	Digits   int    `json:"digits"` // of the length; 0: fixed
	Prefix   string `json:"prefix"`
	Encoding string `json:"encoding"`
	Track    bool   `json:"track"`
}

type dialect struct {
	Mti      string    `json:"mti"`
	Elements []element `json:"elements"`
}

type value struct {
	id     int
	text   string
	binary []byte
}

type cell struct {
	spec   *iso8583.MessageSpec
	bytes  []byte
	mti    string
	values []value
}

// trackBcd packs a track: two digits a byte, the separator as nibble D, a zero in front of an odd number.
type trackBcd struct{}

func (trackBcd) Encode(src []byte) ([]byte, error) {
	digits := strings.ReplaceAll(string(src), "=", "D")
	if len(digits)%2 == 1 {
		digits = "0" + digits
	}
	return hex.DecodeString(digits)
}

func (trackBcd) Decode(src []byte, length int) ([]byte, int, error) {
	size := (length + 1) / 2
	if len(src) < size {
		return nil, 0, fmt.Errorf("not enough data: %d of %d", len(src), size)
	}
	digits := []byte(strings.ToUpper(hex.EncodeToString(src[:size])))[size*2-length:]
	for at, digit := range digits {
		if digit == 'D' {
			digits[at] = '='
		} else if digit > '9' {
			return nil, 0, fmt.Errorf("not a digit")
		}
	}
	return digits, size, nil
}

func specOf(text string) (*iso8583.MessageSpec, error) {
	var given dialect
	if err := json.Unmarshal([]byte(text), &given); err != nil {
		return nil, err
	}
	prefixes := map[string]prefix.Prefixers{"ascii": prefix.ASCII, "bcd": prefix.BCD, "binary": prefix.Binary}
	encoders := map[string]encoding.Encoder{"ascii": encoding.ASCII, "bcd": encoding.BCD, "binary": encoding.Binary}
	fields := map[int]field.Field{
		0: field.NewString(&field.Spec{Length: 4, Enc: encoders[given.Mti], Pref: prefixes[given.Mti].Fixed}),
		1: field.NewBitmap(&field.Spec{Length: 8, Enc: encoding.Binary, Pref: prefix.Binary.Fixed}),
	}
	for _, one := range given.Elements {
		family := prefixes[one.Prefix]
		lengths := []prefix.Prefixer{family.Fixed, family.L, family.LL, family.LLL, family.LLLL}
		spec := &field.Spec{Length: one.Max, Enc: encoders[one.Encoding], Pref: lengths[one.Digits]}
		if one.Track && one.Encoding == "bcd" {
			spec.Enc = trackBcd{}
		}
		if one.Encoding == "binary" {
			fields[one.De] = field.NewBinary(spec)
		} else {
			fields[one.De] = field.NewString(spec)
		}
	}
	return &iso8583.MessageSpec{Fields: fields}, nil
}

func load(specText, frame string) (*cell, error) {
	spec, err := specOf(specText)
	if err != nil {
		return nil, err
	}
	raw, err := hex.DecodeString(frame)
	if err != nil {
		return nil, err
	}
	loaded := &cell{spec: spec, bytes: raw}
	message, err := parse(loaded)
	if err != nil {
		return nil, err
	}
	if loaded.mti, err = message.GetMTI(); err != nil {
		return nil, err
	}
	for id, one := range message.GetFields() {
		if id < 2 {
			continue
		}
		text, err := message.GetString(id)
		if err != nil {
			return nil, err
		}
		found := value{id: id, text: text}
		if binary, ok := one.(*field.Binary); ok {
			if found.binary, err = binary.Bytes(); err != nil {
				return nil, err
			}
		}
		loaded.values = append(loaded.values, found)
	}
	sort.Slice(loaded.values, func(a, b int) bool { return loaded.values[a].id < loaded.values[b].id })
	back, err := build(loaded)
	if err != nil {
		return nil, err
	}
	if !bytes.Equal(back, raw) {
		return nil, fmt.Errorf("packs other bytes: %x", back)
	}
	return loaded, nil
}

func parse(one *cell) (*iso8583.Message, error) {
	message := iso8583.NewMessage(one.spec)
	return message, message.Unpack(one.bytes)
}

func values(one *cell) (int, error) {
	message, err := parse(one)
	if err != nil {
		return 0, err
	}
	mti, err := message.GetMTI()
	length := len(mti)
	for index := range one.values {
		text, fault := message.GetString(one.values[index].id)
		if fault != nil {
			return 0, fault
		}
		length += len(text)
	}
	return length, err
}

func build(one *cell) ([]byte, error) {
	message := iso8583.NewMessage(one.spec)
	message.MTI(one.mti)
	for index := range one.values {
		given := &one.values[index]
		var err error
		if given.binary != nil {
			err = message.BinaryField(given.id, given.binary)
		} else {
			err = message.Field(given.id, given.text)
		}
		if err != nil {
			return nil, err
		}
	}
	return message.Pack()
}

func forward(one *cell) ([]byte, error) {
	message, err := parse(one)
	if err != nil {
		return nil, err
	}
	if err = message.Field(11, "000777"); err != nil {
		return nil, err
	}
	if err = message.Field(7, "1123050607"); err != nil {
		return nil, err
	}
	return message.Pack()
}

func once(one *cell, what string) (int, error) {
	switch what {
	case "parse":
		return values(one)
	case "build":
		packed, err := build(one)
		return len(packed), err
	case "both":
		length, err := values(one)
		if err != nil {
			return 0, err
		}
		packed, err := build(one)
		return length + len(packed), err
	default:
		packed, err := forward(one)
		return len(packed), err
	}
}

var sink int

// run says the nanoseconds of one operation, over millis of them.
func run(one *cell, what string, millis int64) (float64, error) {
	start := time.Now()
	for count := 0; ; {
		for index := 0; index < 200; index++ {
			length, err := once(one, what)
			if err != nil {
				return 0, err
			}
			sink += length
		}
		count += 200
		if spent := time.Since(start); spent.Milliseconds() >= millis {
			return float64(spent.Nanoseconds()) / float64(count), nil
		}
	}
}

func main() {
	cells := map[string]*cell{}
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(make([]byte, 1<<20), 1<<20)
	for lines.Scan() {
		words := strings.Split(lines.Text(), " ")
		switch words[0] {
		case "load":
			loaded, err := load(words[2], words[3])
			if err != nil {
				fmt.Println("error", err)
				continue
			}
			cells[words[1]] = loaded
			fmt.Println("ok", len(loaded.values))
		case "run":
			millis, _ := strconv.ParseInt(words[3], 10, 64)
			spent, err := run(cells[words[1]], words[2], millis)
			if err != nil {
				fmt.Println("error", err)
				continue
			}
			fmt.Println(spent)
		default:
			return
		}
	}
}
