import java.security.GeneralSecurityException;
import javax.crypto.Cipher;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/** ISO 9797-1 algorithm 3, padding method 1. Ciphers are kept by the thread that uses them. */
final class RetailMac {
  private static final IvParameterSpec ZERO = new IvParameterSpec(new byte[8]);
  private final SecretKeySpec left;
  private final SecretKeySpec right;
  private final ThreadLocal<Cipher> chain = ThreadLocal.withInitial(() -> cipher("DES/CBC/NoPadding"));
  private final ThreadLocal<Cipher> block = ThreadLocal.withInitial(() -> cipher("DES/ECB/NoPadding"));

  RetailMac(byte[] key) {
    left = new SecretKeySpec(key, 0, 8, "DES");
    right = new SecretKeySpec(key, 8, 8, "DES");
  }

  byte[] over(byte[] bytes, int length) throws GeneralSecurityException {
    byte[] padded = java.util.Arrays.copyOf(java.util.Arrays.copyOf(bytes, length), (length + 7) / 8 * 8);
    Cipher cbc = chain.get();
    cbc.init(Cipher.ENCRYPT_MODE, left, ZERO);
    byte[] all = cbc.doFinal(padded);
    byte[] last = java.util.Arrays.copyOfRange(all, all.length - 8, all.length);
    Cipher ecb = block.get();
    ecb.init(Cipher.DECRYPT_MODE, right);
    byte[] middle = ecb.doFinal(last);
    ecb.init(Cipher.ENCRYPT_MODE, left);
    return ecb.doFinal(middle);
  }

  private static Cipher cipher(String name) {
    try {
      return Cipher.getInstance(name);
    } catch (GeneralSecurityException error) {
      throw new IllegalStateException(error);
    }
  }
}
