// Package inside holds the tests that run on the real host: as root, in the virtual machine that boot.sh boots, with
// the bones that was built. They start containers of many engines and compare what bones says with what the engines
// say.
package inside
