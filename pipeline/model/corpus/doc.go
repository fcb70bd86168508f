// Package corpus reads the labelled sets that the text models are fitted and
// measured on. The sets themselves are not part of the project; they live in
// the folder that `fenghuo train --data` names. It imports nothing of the
// project and gives the examples in file order.
package corpus
