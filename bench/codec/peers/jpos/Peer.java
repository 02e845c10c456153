import java.io.BufferedReader;
import java.io.FileInputStream;
import java.io.InputStreamReader;
import java.util.HashMap;
import java.util.Map;
import org.jpos.iso.ISOMsg;
import org.jpos.iso.ISOUtil;
import org.jpos.iso.packager.GenericPackager;

/** jPOS on a leash: reads `load NAME DIALECT HEX` and `run NAME WHAT MILLIS` from standard input, answers a line each.
 *  WHAT: parse (to every value), build (from values), both, forward (parse, change two fields, pack). */
public final class Peer {
  private static final class Cell {
    GenericPackager packager;
    byte[] bytes;
    int[] fields;
    String mti;
    String[] values;
    byte[][] binaries;
  }

  private static long sink;

  public static void main(String[] arguments) throws Exception {
    Map<String, Cell> cells = new HashMap<>();
    Map<String, GenericPackager> packagers = new HashMap<>();
    BufferedReader in = new BufferedReader(new InputStreamReader(System.in));
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      String[] words = line.split(" ");
      if (words[0].equals("load")) {
        if (!packagers.containsKey(words[2])) packagers.put(words[2], new GenericPackager(new FileInputStream(words[2])));
        cells.put(words[1], load(packagers.get(words[2]), ISOUtil.hex2byte(words[3])));
        System.out.println("ok " + cells.get(words[1]).fields.length);
      } else if (words[0].equals("run")) {
        System.out.println(run(cells.get(words[1]), words[2], Long.parseLong(words[3])));
      } else break;
      System.out.flush();
    }
    if (sink == 42) System.err.println(sink);
  }

  private static Cell load(GenericPackager packager, byte[] bytes) throws Exception {
    Cell cell = new Cell();
    cell.packager = packager;
    cell.bytes = bytes;
    ISOMsg message = parse(cell);
    cell.mti = message.getMTI();
    cell.fields = message.getChildren().keySet().stream().mapToInt(key -> (Integer) key).filter(key -> key > 0).sorted().toArray();
    cell.values = new String[cell.fields.length];
    cell.binaries = new byte[cell.fields.length][];
    for (int i = 0; i < cell.fields.length; i++) {
      Object value = message.getValue(cell.fields[i]);
      if (value instanceof byte[]) cell.binaries[i] = (byte[]) value;
      else cell.values[i] = message.getString(cell.fields[i]);
    }
    byte[] back = build(cell);
    if (!java.util.Arrays.equals(back, bytes)) throw new IllegalStateException("jPOS packs other bytes: " + ISOUtil.hexString(back));
    return cell;
  }

  private static ISOMsg parse(Cell cell) throws Exception {
    ISOMsg message = new ISOMsg();
    message.setPackager(cell.packager);
    message.unpack(cell.bytes);
    return message;
  }

  private static long values(Cell cell, ISOMsg message) throws Exception {
    long length = message.getMTI().length();
    for (int field : cell.fields) length += message.getString(field).length();
    return length;
  }

  private static byte[] build(Cell cell) throws Exception {
    ISOMsg message = new ISOMsg();
    message.setPackager(cell.packager);
    message.setMTI(cell.mti);
    for (int i = 0; i < cell.fields.length; i++) {
      if (cell.binaries[i] != null) message.set(cell.fields[i], cell.binaries[i]);
      else message.set(cell.fields[i], cell.values[i]);
    }
    return message.pack();
  }

  private static byte[] forward(Cell cell) throws Exception {
    ISOMsg message = parse(cell);
    message.set(11, "000777");
    message.set(7, "1123050607");
    return message.pack();
  }

  private static long once(Cell cell, String what) throws Exception {
    switch (what) {
      case "parse": return values(cell, parse(cell));
      case "build": return build(cell).length;
      case "both": return values(cell, parse(cell)) + build(cell).length;
      default: return forward(cell).length;
    }
  }

  /** Nanoseconds of one operation, over `millis` of them. */
  private static double run(Cell cell, String what, long millis) throws Exception {
    long start = System.nanoTime();
    long until = start + millis * 1_000_000;
    long count = 0;
    long now = start;
    while (now < until) {
      for (int i = 0; i < 200; i++) sink += once(cell, what);
      count += 200;
      now = System.nanoTime();
    }
    return (now - start) / (double) count;
  }
}
