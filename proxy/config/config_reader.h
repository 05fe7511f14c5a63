// Reads the configuration, at the start and again for each reload, from where this process was told
// to: the same file, environment and command line.
//
// Threading: fixed after construction; its calls block on reading files.
#pragma once

#include "proxy/config/load_config.h"

#include <string>
#include <utility>

namespace relay {

struct ConfigReading {
  ConfigLoad load;
  ConfigFiles files;  // also where the load has failed
};

class ConfigReader {
 public:
  explicit ConfigReader(ConfigSources sources) : sources_(std::move(sources)) {}

  ConfigReading read() const { return read(sources_); }
  ConfigReading read_again() const {
    ConfigSources sources = sources_;
    sources.is_reload = true;
    return read(sources);
  }
  // What the file would make if it held this.
  ConfigLoad try_text(std::string text) const {
    ConfigSources sources = sources_;
    sources.text = std::move(text);
    return load_config(sources);
  }

 private:
  static ConfigReading read(const ConfigSources& sources) {
    ConfigFiles files;
    ConfigLoad load = load_config(sources, files);
    return {std::move(load), std::move(files)};
  }

  ConfigSources sources_;
};

}  // namespace relay
