// Asio's and Beast's own code, compiled here once. Every other file sees declarations alone, which
// halves the time that a build takes.
#include <boost/asio/impl/src.hpp>
#include <boost/beast/src.hpp>
