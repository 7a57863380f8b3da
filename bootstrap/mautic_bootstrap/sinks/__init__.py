"""Where an application's credentials live, behind one protocol.

protocol   what the stages ask of any such place
dotenv     the application's `.env` file
"""
