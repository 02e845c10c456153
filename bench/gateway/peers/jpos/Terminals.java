import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jpos.iso.ISOUtil;

/** Session keys by terminal: a line each of terminal, TAK (hex), and both keys as key blocks under its TMK. */
final class Terminals {
  record Keys(RetailMac mac, String tpkBlock, String takBlock) {}

  private static final Map<String, Keys> KEYS = new ConcurrentHashMap<>();

  private Terminals() {}

  static void read(String file) throws Exception {
    for (String line : Files.readAllLines(Path.of(file))) {
      String[] words = line.split(" ");
      KEYS.put(words[0], new Keys(new RetailMac(ISOUtil.hex2byte(words[1])), words[2], words[3]));
    }
  }

  static Keys of(String terminal) {
    return KEYS.get(terminal);
  }
}
