// Writes the metrics' reference to the file that is named: the target metrics_reference.
#include "proxy/metrics/reference.h"

#include <fstream>
#include <iostream>

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: print_metrics_reference FILE\n";
    return 2;
  }
  std::ofstream file(argv[1]);
  file << relay::metrics_reference();
  return file.flush() ? 0 : 1;
}
